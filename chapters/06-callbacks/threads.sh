request=$(sed 's/$/\r/' chapters/03-handshake/browser-request.txt; echo x)
threads_for_200_peers() {
    exec {output}< <(exec "$1" 0)                     # starts the program on a free port
    program=$!
    IFS=:/ read -r _ _ _ _ port _ <&$output           # listening on http://127.0.0.1:PORT/
    for peer in {1..200}; do
        exec {socket}<>"/dev/tcp/127.0.0.1/$port"
        printf %s "${request%x}" >&$socket
        read -r status <&$socket
    done
    ls "/proc/$program/task" | wc -l
    kill $program
}
threads_for_200_peers "$(dirname $PROGRAM)/05-messages"
threads_for_200_peers $PROGRAM
