# until: by timeout
. chapters/09-hostile-peers/peer.sh
open 3
(
    trap '' PIPE                                             # to write to nobody shall be an error, not our end
    while printf '\x89\xfd    %0125d' {1..100} >&3; do :; done 2>/dev/null
)                                                            # pings of 125 bytes, and not one pong is read
echo 'the server has hung up'
