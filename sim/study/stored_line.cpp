// Writes and checks one line: its JSON, and the checksum behind it.
#include "study/stored_line.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/fingerprint.hpp"

namespace crossbar::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view mark = ",\"check\":\"";
constexpr std::size_t check_digits = 16;

std::string check_of(std::string_view text) {
    return fmt::format("{:016x}", fingerprint(text.data(), text.size(), fingerprint_start));
}

// Called by the parser for each value; false ends it.
class Skim : public nlohmann::json_sax<Json> {
  public:
    // `whole`: the line is as it was written, so that its bulk need not be read.
    explicit Skim(bool whole) : whole_(whole) {}

    Skimmed found;
    bool has_task = false, has_fingerprints = false, has_seal = false;

    bool done() const {
        const StoredRun& run = found.run;
        return whole_ && !found.key.empty() && run.error >= 0 && run.loss >= 0 && run.seconds >= 0;
    }

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(std::int64_t n) override { return number(static_cast<double>(n)); }
    bool number_unsigned(std::uint64_t n) override { return number(static_cast<double>(n)); }
    bool number_float(double n, const std::string&) override { return number(n); }
    bool binary(Json::binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return depth_ > 0 && open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
        return false;
    }
    bool key(std::string& name) override {
        if (depth_ == 1) {
            name_ = name;
            has_seal |= name == "recorded";  // all lines that have this were sealed
            found.run.parts |= part_named(name);
        } else if (name == "angle_degrees") {
            found.run.parts |= part_named("diagnose");  // which has no member of its own
        }
        return true;
    }
    bool string(std::string& text) override {
        if (depth_ != 1) return true;
        if (name_ == "key") found.key = text;
        if (name_ == "data_label") found.run.other = text == "other";
        if (name_ == "task") has_task = !text.empty();
        if (name_ == "target_fingerprint") has_fingerprints = true;
        if (name_ == "recorded")
            for (const char* part : part_names)
                if (text.find(part) != text.npos) found.run.parts |= part_named(part);
        return true;
    }

  private:
    bool open() {
        ++depth_;
        return true;
    }
    bool close() {
        --depth_;
        return true;
    }
    bool number(double n) {
        if (depth_ != 1 || !std::isfinite(n)) return depth_ > 0;
        if (name_ == "test_error_percent") found.run.error = n;
        if (name_ == "test_loss") found.run.loss = n;
        if (name_ == "seconds") found.run.seconds = n;
        return !done();
    }

    bool whole_;
    int depth_ = 0;
    std::string name_;
};

}  // namespace

Parts part_named(std::string_view name) {
    for (std::size_t i = 0; i < part_names.size(); ++i)
        if (name == part_names[i]) return 1u << i;
    return 0;
}

std::string sealed(std::string_view object) {
    const std::string_view open = object.substr(0, object.size() - 1);
    return fmt::format("{}{}{}\"}}", open, mark, check_of(open));
}

Seal seal_of(std::string_view line) {
    const std::size_t at = line.rfind(mark);
    if (at == line.npos) return Seal::none;
    const std::string_view check = line.substr(at + mark.size());
    const bool whole = check.size() == check_digits + 2 && check.ends_with("\"}") &&
                       check.substr(0, check_digits) == check_of(line.substr(0, at));
    return whole ? Seal::whole : Seal::broken;
}

std::optional<Skimmed> skim(std::string_view line) {
    const bool whole = seal_of(line) == Seal::whole;
    Skim parts(whole);
    const bool parsed = Json::sax_parse(line.begin(), line.end(), &parts) || parts.done();
    const bool named = !parts.found.key.empty() || parts.has_task;
    if (!parsed || !named || parts.found.run.error < 0 || (parts.has_seal && !whole)) return {};
    parts.found.run.vouched = whole && parts.has_fingerprints;
    return parts.found;
}

}  // namespace crossbar::sim
