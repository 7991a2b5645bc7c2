// Name of the processor and time of day, from the operating system.
#include "terminal/machine.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "base/fingerprint.hpp"

namespace crossbar::sim {

std::string cpu_model() {
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("model name")) continue;
        const std::size_t first = line.find_first_not_of(" \t", line.find(':') + 1);
        return first == line.npos ? "" : line.substr(first);
    }
    return "";
}

int cpu_count() {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::string program_fingerprint() {
    std::ifstream in("/proc/self/exe", std::ios::binary);
    if (!in) return "";
    std::uint64_t hash = fingerprint_start;
    std::vector<char> piece(1 << 16);
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
        hash = fingerprint(piece.data(), static_cast<std::size_t>(in.gcount()), hash);
    return fmt::format("{:016x}", hash);
}

std::string date_text(std::time_t time) {
    std::tm t{};
    ::gmtime_r(&time, &t);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", t.tm_year + 1900, t.tm_mon + 1,
                       t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

std::string date_now() {
    return date_text(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
}

}  // namespace crossbar::sim
