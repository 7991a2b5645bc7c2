// The command watch: stores and the runs under way beside them, as pages for a browser on this
// machine.
#include <mutex>
#include <optional>

#include "base/check.hpp"
#include "commands/command.hpp"
#include "pictures/escaped.hpp"
#include "report/page.hpp"
#include "report/page_files.hpp"
#include "report/report.hpp"
#include "terminal/interrupt.hpp"
#include "terminal/messages.hpp"
#include "watch/server.hpp"
#include "watch/status.hpp"

namespace crossbar::sim {
namespace {

constexpr const char* own_files =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'";
// The report is one page with its scripts and data in it.
constexpr const char* in_page =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'";

Answer embedded(const char* path, const char* type) {
    for (const EmbeddedFile& file : page_files())
        if (file.path == path) return {200, type, std::string(file.text)};
    ENSURE(!"embedded");
    return {};
}

// Made when it is asked for and stores have changed; by one request at a time.
class LiveReport {
  public:
    explicit LiveReport(StatusReader& reader) : reader_(reader) {}

    Answer page() {
        const std::lock_guard lock(mutex_);
        const std::string now = reader_.fingerprint();
        if (made_of_ == now) return page_;
        try {
            page_ = {200, "text/html; charset=utf-8",
                     html_of(page_of(read_results({reader_.path()})))};
        } catch (const Error& error) {
            page_ = {
                503, "text/html; charset=utf-8",
                fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>No "
                            "report yet</title><h1>No report yet</h1><p>{}</p></html>\n",
                            escaped(error.what()))};
        }
        made_of_ = now;
        return page_;
    }

  private:
    StatusReader& reader_;
    std::mutex mutex_;
    std::optional<std::string> made_of_;
    Answer page_;
};

std::vector<ServedPage> pages_of(StatusReader& reader, std::mutex& reading, LiveReport& report) {
    return {{"/", own_files,
             [] { return embedded("sim/watch/watch.html", "text/html; charset=utf-8"); }},
            {"/watch.js", own_files,
             [] { return embedded("sim/watch/watch.js", "text/javascript; charset=utf-8"); }},
            {"/watch.css", own_files,
             [] { return embedded("sim/watch/watch.css", "text/css; charset=utf-8"); }},
            {"/status.json", own_files,
             [&] {
                 const std::lock_guard lock(reading);
                 return Answer{200, "application/json", json_of(reader.read())};
             }},
            {"/report", in_page, [&] { return report.page(); }}};
}

int run(const CommandLine& line) {
    ServerAddress address;
    address.address = value_of(line, "address", address.address);
    address.port = value_of(line, "port", 0);
    StatusReader reader(line.value("store"));
    std::mutex reading;
    LiveReport report(reader);
    watch_signals();
    const bool six = address.address.find(':') != std::string::npos;
    serve(
        address, pages_of(reader, reading, report),
        [&](int port) {
            print("watching {}: http://{}{}{}:{}/  (Ctrl-C ends it)\n", reader.path(),
                  six ? "[" : "", address.address, six ? "]" : "", port);
            flush_output();
        },
        [] { return caught_signal() != 0; });
    return 0;
}

constexpr Argument arguments[] = {{"store", "STORE|DIR"}};
constexpr OptionGroup groups[] = {{"Options", "port address"}};
constexpr Option own[] = {
    {"port", "", "N", "port of the page; otherwise one that is free", 1, 65535},
    {"address", "", "A",
     "address to serve at; otherwise 127.0.0.1, which this machine alone reaches; on another one "
     "everybody who reaches it reads the stores"}};

}  // namespace

extern const Command watch_command{
    .name = "watch",
    .summary = "Serve a page of runs under way, for a browser",
    .examples = "crossbar_sim watch results.jsonl\ncrossbar_sim watch docs/results --port 8080",
    .run = run,
    .arguments = arguments,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
