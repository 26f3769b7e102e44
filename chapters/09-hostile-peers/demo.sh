# until: code 1009
. chapters/09-hostile-peers/peer.sh
open 3
frame 3 '\x81' 'hello'
hear 3
printf '\x82\xff\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00' >&3     # "4,611,686,018,427,387,904 bytes follow"
hear 3
