exec 4< <(exec $PROGRAM 0 2>&1)   # a server on a free port
server=$!
IFS=:/ read -r _ _ _ _ port _ <&4                            # listening on http://127.0.0.1:PORT/
exec 3<>"/dev/tcp/127.0.0.1/$port"
sed 's/$/\r/' chapters/03-handshake/browser-request.txt >&3
for line in 1 2 3 4 5; do read -r <&3; done
head -c 29 <&3 >/dev/null                                    # the greeting

kill -INT $server                                            # what Ctrl+C does
head -c 4 <&3 | od -An -tx1                                  # close, length 25, code 1001
head -c 23 <&3; echo                                         # and the reason
printf '\x88\x82\x37\xfa\x21\x3d\x34\x13' >&3                # the answer: close, 1001
cat <&3                                                      # until the server ends the connection
tail -n 1 <&4
wait $server
echo "status $?"
