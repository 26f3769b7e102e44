# Three peers say "Hello" at the same moment. After how many seconds does each get its answer?
for peer in 3 4 5; do
    eval "exec $peer<>/dev/tcp/127.0.0.1/${PORT:-9504}"
    sed 's/$/\r/' chapters/03-handshake/browser-request.txt >&$peer
    head -n 5 <&$peer >/dev/null
done
SECONDS=0
for peer in 3 4 5; do printf '\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58' >&$peer; done
for peer in 3 4 5; do
    head -c 7 <&$peer >/dev/null
    echo "peer $((peer - 2)): after $SECONDS s"
done
