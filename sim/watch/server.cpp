// A server of cpp-httplib that is handed requests of two lines. The library's time limits begin
// anew with each byte, it counts no headers, and takes ranges apart by recursion: so the head of a
// request is read here, within a deadline and a size, and of its headers the library sees Host
// alone.
#include "watch/server.hpp"

// As Debian's library is built; another layout of its types would be another library.
#define CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_ZLIB_SUPPORT
#define CPPHTTPLIB_BROTLI_SUPPORT
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/check.hpp"
#include "base/clock.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t largest_request = 16384, most_connections = 64;
constexpr std::chrono::seconds to_ask{10}, to_answer{60};

bool waits_for(int socket, short what, Clock::time_point until) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd one{socket, what, 0};
    return left > 0 && ::poll(&one, 1, static_cast<int>(left)) > 0;
}

// Up to the empty line that ends it. Nothing where that does not come in time, or within the size.
std::string head_from(int socket) {
    const Clock::time_point until = Clock::now() + to_ask;
    std::string head;
    std::array<char, 4096> piece{};
    while (head.size() <= largest_request && waits_for(socket, POLLIN, until)) {
        const ssize_t count = ::recv(socket, piece.data(), piece.size(), 0);
        if (count <= 0) return {};
        head.append(piece.data(), static_cast<std::size_t>(count));
        for (const char* end : {"\r\n\r\n", "\n\n"})
            if (const std::size_t at = head.find(end); at != head.npos) return head.substr(0, at);
    }
    return {};
}

// The request line and the one Host; without Host where there are none or several.
std::string request_of(const std::string& head) {
    std::string request, host;
    std::size_t hosts = 0;
    for (std::size_t first = 0; first < head.size();) {
        const std::size_t end = std::min(head.find('\n', first), head.size());
        std::string line = head.substr(first, end - first);
        if (line.ends_with('\r')) line.pop_back();
        if (first == 0) request = line + "\r\n";
        std::string name = line.substr(0, 5);
        for (char& c : name)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (first != 0 && name == "host:") host = line + "\r\n", ++hosts;
        first = end + 1;
    }
    return request + (hosts == 1 ? host : "") + "\r\n";
}

// A request that is there, and its answer over a socket.
class BoundedStream : public httplib::Stream {
  public:
    BoundedStream(socket_t socket, std::string request)
        : socket_(socket), request_(std::move(request)) {}

    bool is_readable() const override { return taken_ < request_.size(); }
    bool is_writable() const override { return waits_for(socket_, POLLOUT, until_); }
    ssize_t read(char* to, std::size_t size) override {
        const std::size_t count = request_.copy(to, size, taken_);
        taken_ += count;
        return static_cast<ssize_t>(count);
    }
    ssize_t write(const char* from, std::size_t size) override {
        return is_writable() ? ::send(socket_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT) : -1;
    }
    using httplib::Stream::write;
    void get_remote_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
    void get_local_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
    socket_t socket() const override { return socket_; }

  private:
    socket_t socket_;
    std::string request_;
    std::size_t taken_ = 0;
    Clock::time_point until_ = Clock::now() + to_answer;
};

// A connection that is taken up although there are too many already is closed at once.
thread_local bool shed = false;

class BoundedServer : public httplib::Server {
  public:
    // The library has room for five that wait to be taken up.
    void make_room() { ::listen(svr_sock_, static_cast<int>(most_connections)); }

  private:
    bool process_and_close_socket(socket_t socket) override {
        bool answered = false, closed = true;
        if (const std::string head = shed ? "" : head_from(socket); !head.empty()) {
            BoundedStream stream(socket, request_of(head));
            answered = process_request(stream, true, closed, nullptr);
        }
        ::shutdown(socket, SHUT_RDWR);
        ::close(socket);
        return answered;
    }
};

// A thread for each connection, up to as many as there may be.
class Connections : public httplib::TaskQueue {
  public:
    void enqueue(std::function<void()> handle) override {
        std::unique_lock lock(mutex_);
        if (open_ == most_connections) {
            lock.unlock();
            shed = true;
            handle();
            shed = false;
            return;
        }
        ++open_;
        std::thread([this, handle = std::move(handle)] {
            handle();
            const std::lock_guard done(mutex_);
            --open_;
            ended_.notify_all();
        }).detach();
    }
    // All have ended by their deadlines.
    void shutdown() override {
        std::unique_lock lock(mutex_);
        ended_.wait(lock, [&] { return open_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t open_ = 0;
};

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address == "::1" || address == "localhost";
}

void refuse(httplib::Response& response, int status, const std::string& text) {
    response.status = status;
    response.set_content(text + "\n", "text/plain; charset=utf-8");
}

void fill(httplib::Response& response, const ServedPage& page) {
    Answer answer;
    try {
        answer = page.answer();
    } catch (const std::exception& error) {
        answer = {500, "text/plain; charset=utf-8", std::string(error.what()) + "\n"};
    }
    response.status = answer.status;
    response.set_header("Content-Security-Policy", page.security_policy);
    response.set_content(answer.body, answer.type);
}

void route(const httplib::Request& request, httplib::Response& response,
           const std::vector<ServedPage>& pages, const ServerAddress& address) {
    if (!is_host_of(request.get_header_value("Host"), address))
        return refuse(response, 421, "this server answers under its own address alone");
    if (request.method != "GET" && request.method != "HEAD") {
        response.set_header("Allow", "GET, HEAD");
        return refuse(response, 405, "GET and HEAD alone");
    }
    for (const ServedPage& page : pages)
        if (request.path == page.path) return fill(response, page);
    refuse(response, 404, "there is no such page");
}

}  // namespace

bool is_host_of(const std::string& host, const ServerAddress& address) {
    std::vector<std::string> names{address.address};
    if (is_loopback(address.address)) names = {"127.0.0.1", "localhost", "[::1]", address.address};
    if (address.address.find(':') != std::string::npos)
        names.push_back("[" + address.address + "]");
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return host == fmt::format("{}:{}", name, address.port) ||
               (address.port == 80 && host == name);
    });
}

void serve(const ServerAddress& asked, const std::vector<ServedPage>& pages,
           const std::function<void(int port)>& listening, const std::function<bool()>& stop) {
    BoundedServer server;
    ServerAddress address = asked;
    server.new_task_queue = [] { return new Connections; };
    server.set_socket_options([](socket_t socket) {
        const int yes = 1;  // not SO_REUSEPORT: a second server would share the port without a word
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                                {"Cache-Control", "no-store"},
                                {"Referrer-Policy", "no-referrer"},
                                {"Cross-Origin-Resource-Policy", "same-origin"},
                                {"X-Frame-Options", "DENY"}});
    server.set_pre_routing_handler(
        [&](const httplib::Request& request, httplib::Response& response) {
            route(request, response, pages, address);
            return httplib::Server::HandlerResponse::Handled;
        });
    if (address.port == 0)
        address.port = server.bind_to_any_port(address.address);
    else if (!server.bind_to_port(address.address, address.port))
        address.port = -1;
    if (address.port <= 0)
        fail(
            "cannot serve at {}, port {}: another program has the port, or this machine has no "
            "such "
            "address; give another --port, or none for one that is free",
            asked.address, asked.port == 0 ? "any" : fmt::format("{}", asked.port));
    server.make_room();
    listening(address.port);
    std::atomic<bool> ended = false;
    std::thread guard([&] {
        while (!ended) {
            if (stop()) server.stop();
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    });
    server.listen_after_bind();
    ended = true;
    guard.join();
}

}  // namespace crossbar::sim
