// Units and their prefixes in headings, and the factor from a column to siemens.
#include "pulse_response/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "pulse_response/numerals.hpp"

namespace crossbar::sim {
namespace {

using Words = std::vector<std::string>;

bool has(const Words& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

const Words set_words = {"set", "ltp",  "potentiation", "potentiate",  "pot",
                         "up",  "gset", "increase",     "potentiating"};
const Words reset_words = {"reset", "ltd",    "depression", "depress",   "dep",
                           "down",  "greset", "decrease",   "depressing"};
const Words side_words = {"side",      "type", "direction", "polarity", "phase",
                          "operation", "op",   "mode",      "sign",     "richtung"};
const Words pulse_words = {"pulse", "pulses", "puls",    "pulsnummer",  "impuls",    "n",
                           "no",    "nr",     "num",     "number",      "count",     "p",
                           "step",  "x",      "impulse", "pulsenumber", "pulsezahl", "pulse#"};
const Words index_words = {"index", "idx", "unnamed", "id", "row", "zeile"};
const Words time_words = {"t", "time", "zeit", "seconds"};
const Words conductance_words = {"g", "conductance", "leitwert", "conductivity", "weight",
                                 "w", "gnorm",       "gprog",    "gerase",       "admittance"};
const Words resistance_words = {"r", "resistance", "widerstand", "res"};
const Words current_words = {"i", "current", "strom", "id", "iread", "ids"};
const Words voltage_words = {"v",  "voltage",  "volt", "volts",  "bias",  "amplitude", "vpulse",
                             "vp", "spannung", "vset", "vreset", "vread", "vw"};
const Words cycle_words = {"cycle",      "zyklus", "cycles", "loop", "repeat",
                           "repetition", "run",    "rep",    "trial"};
const Words device_words = {"device", "dev", "cell", "sample", "chip", "die", "bauteil", "dut"};
const Words width_words = {"width", "duration", "tp", "tpulse", "pw", "dauer"};

// Words and what stands between them, letters and digits apart: "pulse_1" is "pulse", "1".
Words words_of(const std::string& text) {
    Words words;
    std::string word;
    const auto end = [&] {
        if (!word.empty()) words.push_back(word);
        word.clear();
    };
    for (const char c : text) {
        const bool letter = std::isalpha(static_cast<unsigned char>(c)) || (c & 0x80) != 0;
        const bool number = c >= '0' && c <= '9';
        if (!letter && !number) {
            end();
        } else {
            if (!word.empty() && number != (word.back() >= '0' && word.back() <= '9')) end();
            word += c;
        }
    }
    end();
    return words;
}

std::optional<double> prefix_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, double>, 13> prefixes = {{{"", 1},
                                                                               {"f", 1e-15},
                                                                               {"p", 1e-12},
                                                                               {"n", 1e-9},
                                                                               {"u", 1e-6},
                                                                               {"\u00b5", 1e-6},
                                                                               {"\u03bc", 1e-6},
                                                                               {"m", 1e-3},
                                                                               {"k", 1e3},
                                                                               {"K", 1e3},
                                                                               {"M", 1e6},
                                                                               {"G", 1e9},
                                                                               {"meg", 1e6}}};
    for (const auto& [name, scale] : prefixes)
        if (text == name) return scale;
    return {};
}

Quantity quantity_of(const Words& words) {
    const auto any = [&](const Words& list) {
        return std::any_of(words.begin(), words.end(),
                           [&](const std::string& word) { return has(list, word); });
    };
    // Longer words first: "read current (V = 0.1)" is a current, "pulse voltage" a voltage.
    const auto longest = [&](const Words& list) {
        std::size_t size = 0;
        for (const std::string& word : words)
            if (has(list, word)) size = std::max(size, word.size());
        return size;
    };
    Quantity best = Quantity::unknown;
    std::size_t size = 0;
    for (const auto& [list, quantity] : {std::pair{&conductance_words, Quantity::conductance},
                                         {&resistance_words, Quantity::resistance},
                                         {&current_words, Quantity::current},
                                         {&voltage_words, Quantity::voltage},
                                         {&time_words, Quantity::time}})
        if (const std::size_t found = longest(*list); found > size) size = found, best = quantity;
    if (any(pulse_words) && (size < 4 || best == Quantity::time)) return Quantity::number;
    return best;
}

// The last in brackets or behind a slash or an underscore; the whole heading where it is one.
std::optional<Unit> unit_in(const std::string& text) {
    for (const auto& [open, close] : {std::pair{'(', ')'}, {'[', ']'}, {'{', '}'}}) {
        const std::size_t from = text.rfind(open);
        if (from == std::string::npos) continue;
        const std::string inside =
            trimmed(std::string_view(text).substr(from + 1, text.find(close, from) - from - 1));
        for (const std::string& part : {inside, inside.substr(0, inside.find(' '))})
            if (const auto unit = unit_named(part)) return unit;
    }
    for (const char mark : {'/', '_', ' ', ','})
        if (const std::size_t at = text.rfind(mark); at != std::string::npos) {
            const auto unit = unit_named(trimmed(std::string_view(text).substr(at + 1)));
            // "device_A" is no current.
            const bool letter = text.size() == at + 2 && mark != '/';
            if (unit &&
                (!letter || quantity_of(words_of(lowered(text.substr(0, at)))) == unit->quantity))
                return unit;
        }
    return {};
}

}  // namespace

std::optional<Unit> unit_named(std::string_view text) {
    static const std::vector<std::pair<std::string, Quantity>> units = {
        {"Siemens", Quantity::conductance},
        {"siemens", Quantity::conductance},
        {"mho", Quantity::conductance},
        {"S", Quantity::conductance},
        {"Ohms", Quantity::resistance},
        {"ohms", Quantity::resistance},
        {"Ohm", Quantity::resistance},
        {"ohm", Quantity::resistance},
        {"OHM", Quantity::resistance},
        {"\u03a9", Quantity::resistance},
        {"\u2126", Quantity::resistance},
        {"Amps", Quantity::current},
        {"A", Quantity::current},
        {"V", Quantity::voltage},
        {"sec", Quantity::time},
        {"s", Quantity::time}};
    const std::string name = trimmed(text);
    for (const auto& [unit, quantity] : units) {
        if (!name.ends_with(unit)) continue;
        const std::string_view before = std::string_view(name).substr(0, name.size() - unit.size());
        if (const auto scale = prefix_of(trimmed(before))) return Unit{quantity, *scale};
    }
    return {};
}

Heading heading_of(std::string_view text) {
    const std::string whole = trimmed(text);
    Heading h;
    h.unit = unit_in(whole);
    if (!h.unit && whole.size() > 1) h.unit = unit_named(whole);
    // Names without what stands in brackets.
    const Words words = words_of(lowered(whole.substr(0, whole.find_first_of("([{"))));
    for (const std::string& word : words) {
        h.set |= has(set_words, word);
        h.reset |= has(reset_words, word);
        h.side |= has(side_words, word);
        h.cycle |= has(cycle_words, word);
        h.device |= has(device_words, word);
        h.index |= has(index_words, word);
        h.width |= has(width_words, word);
        h.read |= word == "read" || word == "vread";
    }
    if (h.set && h.reset) h.side = true, h.set = h.reset = false;
    h.quantity = quantity_of(words);
    if (h.unit && (h.quantity == Quantity::unknown || h.quantity == Quantity::number ||
                   h.unit->quantity != Quantity::conductance))
        if (!(h.unit->quantity == Quantity::time && h.quantity == Quantity::current))
            h.quantity = h.unit->quantity;
    if (h.width) h.quantity = Quantity::time;
    return h;
}

}  // namespace crossbar::sim
