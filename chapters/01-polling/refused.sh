exec 3<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET /news HTTP/1.1\nHost: 127.0.0.1\n\n' >&3    # LF alone, where HTTP wants CR LF
cat <&3
