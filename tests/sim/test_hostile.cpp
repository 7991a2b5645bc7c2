// What is written can be read, whatever the text: settings of checkpoints, fields of CSV, commands.
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <random>

#include "base/check.hpp"
#include "commands/command_line.hpp"
#include "run/progress.hpp"
#include "session/resolve.hpp"
#include "session/settings_text.hpp"
#include "terminal/csv.hpp"
#include "terminal/messages.hpp"

using namespace crossbar;
using namespace crossbar::sim;

namespace {

// Texts that break what is careless: of hand, and drawn from pieces that do.
std::vector<std::string> hostile_texts() {
    std::vector<std::string> texts = {"\n",
                                      "\r\n",
                                      "a\nb",
                                      "task = x\nseed = 3",
                                      "\\n",
                                      "\\",
                                      "a\\\nb\\",
                                      " = ",
                                      " \\= ",
                                      "'",
                                      "\"",
                                      "','",
                                      "a;b",
                                      "=1+1",
                                      "-x",
                                      "--seed",
                                      "+cmd",
                                      "@x",
                                      "'=1",
                                      "''@",
                                      "$(id)",
                                      "`id`",
                                      "\xff\xfe",
                                      "caf\xc3\xa9",
                                      "\t",
                                      " ",
                                      "#",
                                      "%s{}",
                                      std::string(100000, 'x')};
    const std::array<const char*, 18> pieces = {"\n",   "\r",    "'",   "\"", ",", ";",
                                                " = ",  "\\",    "\\n", "=",  "-", "x",
                                                "\xff", " \\= ", "$x",  "*",  "!", "seed = 2"};
    std::mt19937 random(1);
    for (int i = 0; i < 400; ++i) {
        std::string text;
        for (unsigned n = random() % 8; n > 0; --n)
            text += pieces[random() % pieces.size()];
        texts.push_back(text);
    }
    return texts;
}

// The fields of one CSV row as RFC 4180 has them, and the sign before formulas taken off.
std::vector<std::string> fields_of(const std::string& row) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i] == '"' && quoted && i + 1 < row.size() && row[i + 1] == '"')
            fields.back() += row[i++];
        else if (row[i] == '"')
            quoted = !quoted;
        else if (row[i] == ',' && !quoted)
            fields.emplace_back();
        else
            fields.back() += row[i];
    }
    REQUIRE_FALSE(quoted);
    for (std::string& field : fields) {
        const std::size_t sign = field.find_first_not_of('\'');
        if (sign != field.npos && sign > 0 &&
            std::string("=+-@\t\r").find(field[sign]) != std::string::npos)
            field.erase(0, 1);
    }
    return fields;
}

// The words of commands, as a shell takes them apart.
std::vector<std::vector<std::string>> words_of(const std::vector<std::string>& commands) {
    std::string name = (std::filesystem::temp_directory_path() / "words-XXXXXX").string();
    const int file = ::mkstemp(name.data());
    REQUIRE(file >= 0);
    std::FILE* out = ::fdopen(file, "w");
    std::fputs("crossbar_sim() { printf '%s\\0' $# \"$@\"; }\n", out);
    for (const std::string& command : commands) {
        std::fwrite(command.data(), 1, command.size(), out);
        std::fputs("\n", out);
    }
    std::fclose(out);
    std::FILE* shell = ::popen(("sh '" + name + "'").c_str(), "r");
    REQUIRE(shell != nullptr);
    std::vector<std::vector<std::string>> all;
    std::string word;
    std::size_t left = 0;  // words of the last command that are to come
    for (int c = 0; (c = std::fgetc(shell)) != EOF;) {
        if (c != 0) {
            word += static_cast<char>(c);
            continue;
        }
        if (left == 0) {
            all.emplace_back();
            left = std::stoul(word);
        } else {
            all.back().push_back(word);
            --left;
        }
        word.clear();
    }
    REQUIRE(::pclose(shell) == 0);
    std::remove(name.c_str());
    return all;
}

}  // namespace

TEST_CASE("settings of a checkpoint hold any text", "[hostile]") {
    for (const std::string& text : hostile_texts()) {
        RunSettings options;
        options.task = options.target = options.device = options.data = options.column = text;
        const std::string settings = settings_text(options);
        const RunSettings again = parse_settings(settings, "a.ckpt");
        for (const Setting& option : settings_table())
            if (option.kept != Kept::no)
                REQUIRE(text_of(option, again) == text_of(option, options));
    }
    // As they were written before line breaks were thought of.
    const RunSettings old = parse_settings("task = a\\nb\nseed = 3\n", "a.ckpt");
    REQUIRE(old.task == "a\\nb");
    REQUIRE(old.training.seed == 3);
    REQUIRE_THROWS_AS(parse_settings("task\n", "a.ckpt"), Error);
    REQUIRE_THROWS_AS(parse_settings("\n", "a.ckpt"), Error);
}

TEST_CASE("a network's text is one line", "[hostile]") {
    RunSettings options;
    options.training.network = "fc 5,\r\n  bn,\n\n\trelu, fc 3\n";
    const RunSettings again = parse_settings(settings_text(options), "a.ckpt");
    REQUIRE(again.training.network == "fc 5, bn, relu, fc 3");
}

TEST_CASE("fields of CSV hold any text, and none is a formula", "[hostile]") {
    const std::vector<std::string> texts = hostile_texts();
    std::string row;
    for (const std::string& text : texts) {
        const std::string field = csv_field(text);
        row += (row.empty() && &text == texts.data() ? "" : ",") + field;
        const std::size_t first = field.starts_with('"') ? 1 : 0;
        if (field.size() > first && text != "-" && text != "=")
            REQUIRE(std::string("=+-@").find(field[first]) == std::string::npos);
    }
    REQUIRE(fields_of(row) == texts);
    for (const char* number : {"-1.5", "-3e-05", "-1;-2;3", "+", "5"})
        if (*number != '+') REQUIRE(csv_field(number) == number);
}

TEST_CASE("a record's command goes through a shell as it is", "[hostile]") {
    const Task task = load_task("letters");
    const std::vector<std::string> texts = hostile_texts();
    std::vector<std::string> commands;
    for (const std::string& text : texts) {
        RunSettings options = resolve(task, Given{{{"task", "letters"}}});
        options.target = text;
        options.data = text + "d";
        commands.push_back(command_of(options));
    }
    const auto words = words_of(commands);
    REQUIRE(words.size() == texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        std::vector<const char*> argv = {"crossbar_sim"};
        for (const std::string& word : words[i])
            argv.push_back(word.c_str());
        const CommandLine line = parse_command_line(static_cast<int>(argv.size()), argv.data());
        REQUIRE(line.value("target") == texts[i]);
        REQUIRE(line.value("data") == texts[i] + "d");
    }
}

TEST_CASE("the live line leaves the last column free", "[progress]") {
    const LiveFigures figures = {"epoch 12/100", " 45 %", "error 12.34 %", "12345 images/s",
                                 "1:02:03 left"};
    std::size_t before = 0;
    for (std::size_t width = 1; width <= 120; ++width) {
        const std::string line = live_line(figures, width);
        REQUIRE(line.size() < width);
        REQUIRE(line.size() >= before);  // more room, no less to see
        before = line.size();
    }
    REQUIRE(live_line(figures, 120).find("images/s") != std::string::npos);
    REQUIRE(live_line(figures, 46).find("left") != std::string::npos);
}

TEST_CASE("text is broken at blanks alone", "[progress]") {
    const std::string text = "one two  three four-and-a-long-word five\nsix seven";
    for (std::size_t width = 1; width <= 60; ++width) {
        std::string joined;
        std::size_t first = 0;
        const std::string lines = wrapped(text, width, 2);
        while (first <= lines.size()) {
            const std::size_t end = std::min(lines.find('\n', first), lines.size());
            std::string line = lines.substr(first, end - first);
            first = end + 1;
            const std::string bare =
                line.substr(std::min(line.find_first_not_of(' '), line.size()));
            if (line.size() > width) REQUIRE(bare.find(' ') == std::string::npos);
            joined += (joined.empty() ? "" : " ") + bare;
        }
        std::erase(joined, ' ');
        REQUIRE(joined == "onetwothreefour-and-a-long-wordfivesixseven");
    }
}
