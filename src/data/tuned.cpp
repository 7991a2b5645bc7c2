// Files of tuned rates (TOML).
#include "data/tuned.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/nearest.hpp"
#include "base/toml_section.hpp"

namespace crossbar {
namespace {

const std::vector<std::string> keys = {"column",
                                       "arithmetic",
                                       "data",
                                       "rate",
                                       "held_out_error_percent",
                                       "held_out_images",
                                       "train_images",
                                       "epochs",
                                       "seed",
                                       "seeds",
                                       "date",
                                       "version",
                                       "command"};

template <typename T>
T value_at(const std::string& file, const toml::table& table, const char* key,
           const char* expected) {
    const toml::node* node = table.get(key);
    const int line = static_cast<int>((node ? node->source() : table.source()).begin.line);
    if (!node)
        fail("{}:{}: [[tuned]] the key '{}' is missing, expected {}", file, line, key, expected);
    const auto value = node->value<T>();
    if (!value) fail("{}:{}: [[tuned]] {} is not {}", file, line, key, expected);
    return *value;
}

std::string text_at(const std::string& file, const toml::table& table, const char* key) {
    return value_at<std::string>(file, table, key, "a string");
}

std::int64_t count_at(const std::string& file, const toml::table& table, const char* key) {
    return value_at<std::int64_t>(file, table, key, "an integer");
}

Tuned parse_rate(const std::string& file, const toml::table& table) {
    for (const auto& [key, node] : table)
        if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
            fail("{}:{}: [[tuned]] unknown key '{}'{}", file, key.source().begin.line, key.str(),
                 suggestion(key.str(), keys));
    Tuned t;
    t.column = text_at(file, table, "column");
    t.arithmetic = text_at(file, table, "arithmetic");
    t.data = text_at(file, table, "data");
    t.rate = value_at<double>(file, table, "rate", "a number");
    t.held_out_error_percent = value_at<double>(file, table, "held_out_error_percent", "a number");
    t.held_out_images = count_at(file, table, "held_out_images");
    t.train_images = count_at(file, table, "train_images");
    t.epochs = count_at(file, table, "epochs");
    t.seed = count_at(file, table, "seed");
    t.seeds = count_at(file, table, "seeds");
    t.date = text_at(file, table, "date");
    t.version = text_at(file, table, "version");
    t.command = text_at(file, table, "command");
    if (!(t.rate >= 0 && t.rate <= 100))
        fail("{}:{}: [[tuned]] rate {}, expected 0 to 100", file, table.source().begin.line,
             t.rate);
    return t;
}

// A TOML string: quotes and backslashes escaped; there are no control characters in what is
// written.
std::string toml_quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return result + "\"";
}

}  // namespace

std::vector<Tuned> parse_tuned(const std::string& file, std::string_view text) {
    const toml::table table = parse_toml(file, text);
    std::vector<Tuned> rates;
    for (const auto& [key, node] : table) {
        if (key.str() != "tuned" || !node.is_array_of_tables())
            fail("{}:{}: '{}' is not known here, expected tables [[tuned]]", file,
                 key.source().begin.line, key.str());
        for (const toml::node& item : *node.as_array())
            rates.push_back(parse_rate(file, *item.as_table()));
    }
    return rates;
}

std::string text_of(const std::vector<Tuned>& rates) {
    std::string text =
        "# Rates chosen on held-out training images, never on the test set. Written by "
        "crossbar_sim tune.\n";
    for (const Tuned& t : rates)
        text += fmt::format(
            "\n[[tuned]]\ncolumn = {}\narithmetic = {}\ndata = {}\nrate = {}\n"
            "held_out_error_percent = {}\nheld_out_images = {}\ntrain_images = {}\nepochs = {}\n"
            "seed = {}\nseeds = {}\ndate = {}\nversion = {}\ncommand = {}\n",
            toml_quoted(t.column), toml_quoted(t.arithmetic), toml_quoted(t.data), t.rate,
            t.held_out_error_percent, t.held_out_images, t.train_images, t.epochs, t.seed, t.seeds,
            toml_quoted(t.date), toml_quoted(t.version), toml_quoted(t.command));
    return text;
}

std::string tuned_path(const std::string& task_path) {
    return task_path.substr(0, task_path.rfind(".toml")) + ".tuned.toml";
}

}  // namespace crossbar
