// peer.hpp: the two ends of a play: a connection to the server, and the server as a process of our own.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace wire {

/// The server, or what the machine gives us, is not there: no transcript can be played.
struct no_server : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class descriptor {
public:
    explicit descriptor(int fd) : fd_(fd) {
        if (fd_ < 0) throw std::system_error(errno, std::generic_category());
    }
    ~descriptor() { ::close(fd_); }
    descriptor(const descriptor&)            = delete;
    descriptor& operator=(const descriptor&) = delete;

    int get() const { return fd_; }

private:
    int fd_;
};

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family      = AF_INET;
    address.sin_port        = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

inline descriptor tcp_socket() { return descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

inline bool connect_to(std::uint16_t port, const descriptor& socket) {
    const sockaddr_in address = loopback(port);
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// A port that nothing listens on.
inline std::uint16_t free_port() {
    const descriptor socket  = tcp_socket();
    sockaddr_in      address = loopback(0);
    socklen_t        size    = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::system_error(errno, std::generic_category(), "no free port");
    return ntohs(address.sin_port);
}

// #region connection
/// A connection to the server, and all that came over it and was not taken yet.
class connection {
public:
    connection(std::uint16_t port, std::chrono::milliseconds patience)
        : socket_(tcp_socket()), patience_(patience) {
        if (!connect_to(port, socket_))
            throw no_server("cannot connect to 127.0.0.1:" + std::to_string(port) + ": " +
                            std::generic_category().message(errno));
        const int on = 1;  // one write is one segment
        ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    std::string received;

    /// Sends `bytes`, and takes what comes meanwhile, so that both sides never wait for each other. When the
    /// server has left there is no one to send to; whether it said enough before is judged by what came.
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const int events = wait_for(static_cast<short>(ending_.empty() ? POLLIN | POLLOUT : POLLOUT));
            if (events == 0) return;
            if (ending_.empty() && (events & ~POLLOUT)) take();
            const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno != EAGAIN) return;
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    /// Waits for more bytes. @returns false when no more will come, and `ending()` says why
    bool receive() {
        if (ending_.empty() && wait_for(POLLIN) != 0) take();
        return ending_.empty();
    }

    const std::string& ending() const { return ending_; }
    bool               ended() const { return !ending_.empty() && !silent_; }

    void shut_down_sending() { ::shutdown(socket_.get(), SHUT_WR); }

private:
    int wait_for(short events) {
        pollfd waiting{socket_.get(), events, 0};
        if (::poll(&waiting, 1, static_cast<int>(patience_.count())) > 0) return waiting.revents;
        silent_ = true;
        ending_ = "the server is silent: nothing more came, and it keeps the connection open";
        return 0;
    }

    void take() {
        char          bytes[65536];
        const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, 0);
        if (size > 0) received.append(bytes, static_cast<std::size_t>(size));
        if (size == 0) ending_ = "the server ended the connection";
        if (size < 0)
            ending_ =
                "the server reset the connection: it closed it before it had read everything, "
                "which can destroy what it has just sent";
    }

    descriptor                socket_;
    std::chrono::milliseconds patience_;
    std::string               ending_;
    bool                      silent_ = false;
};
// #endregion connection

/// A server that was started for these transcripts; it ends with this object.
class server_process {
public:
    /// Starts `command`, in which `{port}` stands for `port`, and returns when it listens. Its standard
    /// output is dropped, so that only the report is seen; what it says on standard error is shown.
    server_process(std::vector<std::string> command, std::uint16_t port) {
        std::vector<char*> arguments;
        for (std::string& word : command) {
            for (auto at = word.find("{port}"); at != word.npos; at = word.find("{port}"))
                word.replace(at, 6, std::to_string(port));
            arguments.push_back(word.data());
        }
        arguments.push_back(nullptr);

        pid_ = ::fork();
        if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
        if (pid_ == 0) run(arguments);
        wait_until_listening(command.front(), port);
    }

    ~server_process() {
        if (has_ended()) return;
        ::kill(pid_, SIGTERM);
        for (int i = 0; i < 300; ++i) {
            if (has_ended()) return;
            pause();
        }
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    server_process(const server_process&)            = delete;
    server_process& operator=(const server_process&) = delete;

private:
    [[noreturn]] static void run(const std::vector<char*>& arguments) {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // it does not outlive us, however we end
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDOUT_FILENO);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }

    void wait_until_listening(const std::string& name, std::uint16_t port) {
        for (int i = 0; i < 1000; ++i) {
            if (has_ended()) throw no_server(name + " ended before it listened");
            if (connect_to(port, tcp_socket())) return;
            pause();
        }
        throw no_server(name + " does not listen on port " + std::to_string(port) + "; is {port} in its command?");
    }

    bool has_ended() {
        if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
        return pid_ == 0;
    }

    static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(10)); }

    pid_t pid_ = 0;
};

}  // namespace wire
