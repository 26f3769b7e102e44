. chapters/09-hostile-peers/peer.sh
for count in {1..20}; do exec {silent}<>"/dev/tcp/127.0.0.1/${PORT:-9504}"; done
connect 3                                                    # the 21st
cat <&3
