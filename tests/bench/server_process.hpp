// server_process.hpp: a server as a child process, what it costs in processor time and in memory.
//
// Any server will do whose first line on standard output ends in its address: `listening on http://127.0.0.1:PORT/`.
#pragma once

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heap_counter.hpp"

namespace bench {

/// Ends the program when a system call has failed.
inline long check(long result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

class server_process {
public:
    /// Starts `command` and waits until it listens.
    /// @param heap_counter the path of heap_counter's library to count the server's heap with, or nothing
    explicit server_process(char* const command[], const std::string& heap_counter = {}) {
        const int counters = heap_counter.empty() ? -1 : share_counters();
        int       output[2];
        check(pipe(output), "pipe");
        const pid_t parent = getpid();
        pid_               = static_cast<pid_t>(check(fork(), "fork"));
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);  // a server must not outlive a load generator that crashed
            if (getppid() != parent) _exit(127);
            dup2(output[1], STDOUT_FILENO);
            close(output[0]);
            close(output[1]);
            if (counters >= 0) {
                setenv("LD_PRELOAD", heap_counter.c_str(), 1);
                setenv(heap_counters_variable, std::to_string(counters).c_str(), 1);
            }
            execvp(command[0], command);
            _exit(127);
        }
        close(output[1]);
        output_ = output[0];
        if (counters >= 0) close(counters);
        try {
            port_ = port_in(first_line());
            check(clock_getcpuclockid(pid_, &clock_) == 0 ? 0 : -1, "clock_getcpuclockid");
        } catch (...) {
            end();
            throw;
        }
    }

    ~server_process() {
        end();
        if (heap_) munmap(heap_, sizeof *heap_);
    }

    /// Asks the server to end, and does not wait: one that ends in order may wait for its peers to leave.
    void ask_to_end() { kill(pid_, SIGTERM); }

    server_process(const server_process&)            = delete;
    server_process& operator=(const server_process&) = delete;

    std::uint16_t port() const { return port_; }

    /// Processor time of all its threads so far, in user and in kernel mode, with nanosecond resolution.
    double cpu_seconds() const {
        timespec time{};
        check(clock_gettime(clock_, &time), "reading the server's processor time");
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }

    /// How often its threads have fallen asleep so far, each time to be woken again.
    std::uint64_t sleeps() const {
        constexpr std::string_view field = "voluntary_ctxt_switches:";
        std::uint64_t              sum   = 0;
        for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
            std::ifstream status(thread.path() / "status");
            for (std::string line; std::getline(status, line);)
                if (line.starts_with(field)) sum += std::stoull(line.substr(field.size()));
        }
        return sum;
    }

    /// Bytes of memory that are resident.
    std::size_t resident_bytes() const {
        std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
        std::size_t   all = 0, resident = 0;
        if (!(statm >> all >> resident)) throw std::runtime_error("cannot read the server's memory");
        return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    }

    /// The server's heap; nothing when it is not counted.
    const heap_counters* heap() const { return heap_; }

private:
    void end() {
        ask_to_end();
        close(output_);
        waitpid(pid_, nullptr, 0);
    }

    /// @returns a descriptor of memory that a child may share, which is also mapped here
    int share_counters() {
        const int fd = static_cast<int>(check(memfd_create("heap_counters", 0), "memfd_create"));
        check(ftruncate(fd, sizeof(heap_counters)), "ftruncate");
        void* const shared = mmap(nullptr, sizeof(heap_counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (shared == MAP_FAILED) check(-1, "mmap");
        heap_ = static_cast<heap_counters*>(shared);
        return fd;
    }

    std::string first_line() const {
        std::string line;
        char        c = 0;
        while (read(output_, &c, 1) == 1) {
            if (c == '\n') return line;
            line += c;
        }
        throw std::runtime_error("the server ended before it said where it listens");
    }

    static std::uint16_t port_in(const std::string& line) {
        const auto colon = line.rfind(':');
        const int  port  = colon == std::string::npos ? 0 : std::atoi(line.c_str() + colon + 1);
        if (port <= 0 || port > 65535) throw std::runtime_error("no port in what the server says: " + line);
        return static_cast<std::uint16_t>(port);
    }

    pid_t          pid_    = -1;
    int            output_ = -1;
    std::uint16_t  port_   = 0;
    heap_counters* heap_   = nullptr;
    clockid_t      clock_{};
};

}  // namespace bench
