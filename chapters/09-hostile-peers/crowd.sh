. chapters/09-hostile-peers/peer.sh
for count in {1..20}; do connect '{silent}'; done            # each by a number that bash chooses
connect 3                                                    # the 21st
cat <&3
