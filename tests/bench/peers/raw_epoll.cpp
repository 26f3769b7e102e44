// raw-epoll: the limit. Every byte that comes goes back, as fast as the kernel allows. No protocol.
#include <array>
#include <cerrno>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

int check(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

class echo {
public:
    echo()
        : poller_(check(epoll_create1(0), "epoll_create1")),
          listener_(check(socket(AF_INET, SOCK_STREAM, 0), "socket")) {
        sockaddr_in address{};
        address.sin_family      = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size          = sizeof address;
        check(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), "bind");
        check(listen(listener_, 4096), "listen");
        check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
        watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
        std::cout << "listening on http://127.0.0.1:" << ntohs(address.sin_port) << '/' << std::endl;
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 512> events;
        for (;;) {
            const int count =
                check(epoll_wait(poller_, events.data(), static_cast<int>(events.size()), -1), "epoll_wait");
            for (int i = 0; i < count; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                if (event.data.fd == listener_)
                    accept_one();
                else if (!(event.events & EPOLLOUT ? write_rest(event.data.fd) : answer(event.data.fd)))
                    end(event.data.fd);
            }
        }
    }

private:
    void watch(int operation, int fd, unsigned events) {
        epoll_event event{};
        event.events  = events;
        event.data.fd = fd;
        check(epoll_ctl(poller_, operation, fd, &event), "epoll_ctl");
    }

    void accept_one() {
        const int fd = check(accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK), "accept4");
        const int on = 1;
        check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
        watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }

    // Both tell whether the connection lives on.
    bool answer(int fd) {
        const ssize_t count = recv(fd, buffer_.data(), buffer_.size(), 0);
        if (count <= 0) return count < 0 && errno == EAGAIN;
        return write(fd, {buffer_.data(), static_cast<std::size_t>(count)});
    }
    bool write_rest(int fd) {
        const std::string rest = std::move(waiting_.at(fd));
        waiting_.erase(fd);
        watch(EPOLL_CTL_MOD, fd, EPOLLIN);
        return write(fd, rest);
    }

    bool write(int fd, std::string_view bytes) {
        ssize_t count = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN) return false;
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
        if (bytes.empty()) return true;
        waiting_[fd] = bytes;
        watch(EPOLL_CTL_MOD, fd, EPOLLOUT);  // until it is written nothing more is read
        return true;
    }

    void end(int fd) {
        waiting_.erase(fd);
        close(fd);
    }

    int                                  poller_, listener_;
    std::array<char, 64 * 1024>          buffer_{};
    std::unordered_map<int, std::string> waiting_;  // what the kernel has not taken yet
};

}  // namespace

int main() {
    try {
        echo().run();
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
