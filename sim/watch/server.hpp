// Pages over HTTP to browsers on this machine. Implemented in server.cpp, the one place that knows
// cpp-httplib. Nothing on disk is served: there are the given pages and no others.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace crossbar::sim {

struct Answer {
    int status = 200;
    std::string type = "text/html; charset=utf-8";
    std::string body;
};

struct ServedPage {
    const char* path;                // "/status.json"
    const char* security_policy;     // Content-Security-Policy of the answer
    std::function<Answer()> answer;  // several at a time; what it throws becomes an answer of 500
};

struct ServerAddress {
    std::string address = "127.0.0.1";
    int port = 0;  // 0: one that is free
};

// Each request is answered once and its connection closed. GET and HEAD alone, of at most 16 kB
// within 10 s; the Host has to be the address, or a name of this machine's own where that is a
// loopback one, so that no page from elsewhere reads these by a name of its own. At most 64
// connections.
//
// Serves until `stop` says so, which is asked several times a second. `listening` gets the port
// before the first request. Throws Error where the address or port cannot be had.
void serve(const ServerAddress& address, const std::vector<ServedPage>& pages,
           const std::function<void(int port)>& listening, const std::function<bool()>& stop);

// Whether a Host header names the server. For tests.
bool is_host_of(const std::string& host, const ServerAddress& address);

}  // namespace crossbar::sim
