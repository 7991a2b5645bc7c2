// Measured files of every layout give the device that they were made of, or are refused with the
// likely cause.
#include "measured_testing.hpp"

using namespace crossbar;
using namespace crossbar::testing;

TEST_CASE("measured files: text as other systems write it", "[fit]") {
    const std::string text = lines(both, plain), headed = "pulse,conductance\n" + text;
    check({"plain", text});
    check({"headed", headed});
    check({"byte order mark, no heading", "\xEF\xBB\xBF" + text});
    check({"CR LF", replaced(headed, "\n", "\r\n")});
    check({"CR", replaced(headed, "\n", "\r")});
    check({"UTF-16, little", utf16(headed, false)});
    check({"UTF-16, big", utf16(replaced(headed, "\n", "\r\n"), true)});
    check({"UTF-16 without its mark", utf16(headed, false).substr(2)});
    check({"Latin-1", "Puls;Leitwert (\xB5S)\n" + replaced(text, ",", ";")});
    check({"tabs", replaced(headed, ",", "\t")});
    check({"blanks", replaced(text, ",", "   ")});
    check({"comments", "# made by hand\n% at night\n" + headed});
    check({"numpy's heading", "# pulse conductance_uS\n" + replaced(text, ",", " ")});
    check({"a trailing comma", replaced(headed, "\n", ",\n")});
    check({"quotes", lines(both, [](std::size_t i, double g) {
               return fmt::format("\"{}\",\"{:.5e}\"", i, g);
           })});
    refused("PK\3\4 and more", "spreadsheet");
    refused(std::string("1,2\n\0\n3,4\n", 10), "byte 4 is 0");
    refused(utf16(text, false) + "x\xD8", "UTF-16");
    refused("", "empty");
    refused("\n\n  \n", "empty");
    refused("no numbers\nat all\n", "no numbers");
}

TEST_CASE("measured files: numbers", "[fit]") {
    check({"plus signs", lines(both, [](std::size_t i, double g) {
               return fmt::format("{},+{:.5E}", i, 1e-6 * g);
           })});
    const auto german = [](std::size_t i, double g) {
        return commas(fmt::format("{};{:.4f}", i, g));
    };
    check({"decimal commas behind ;", "Puls;Leitwert (uS)\n" + lines(both, german)});
    check({"behind tabs", "Puls\tLeitwert\n" + replaced(lines(both, german), ";", "\t")});
    check({"behind blanks", replaced(lines(both, german), ";", " ")});
    check({"three decimals", lines(both, [](std::size_t i, double g) {
               return commas(fmt::format("{};{:.3f}", i, g));
           })});
    check({"in quotes", lines(both, [](std::size_t i, double g) {
               return "\"" + std::to_string(i) + "\",\"" + commas(fmt::format("{:.4f}", g)) + "\"";
           })});
    check({"with exponents", lines(both, [](std::size_t i, double g) {
               return fmt::format("{};", i) + commas(fmt::format("{:.4E}", 1e-6 * g));
           })});
    const auto thousands = [](const char* format, char mark) {
        return [format, mark](std::size_t i, double g) {
            const int whole = static_cast<int>(std::lround(1e4 * g));
            const std::string text = fmt::format("{}{}{:03}", whole / 1000, mark, whole % 1000);
            return fmt::format(fmt::runtime(format), i, text);
        };
    };
    check({"thousands", "pulse,\"G (nS)\"\n" + lines(both, thousands("{},\"{}.0\"", ','))});
    check({"whole thousands", lines(both, thousands("{},\"{}\"", ','))});
    check({"thousands by points", lines(both, thousands("{};{},25", '.'))});
    refused("Puls,Leitwert\n" + replaced(lines(both, german), ";", ","), "decimal comma");
    refused(replaced(lines(both, german, Numbering::none), ";", ","), "decimal comma");
    refused("pulse,G\n1,2\n2,x\n3,4\n4,5\n", "m.csv:3: 'x' is not a number");
    refused("1,2\n2,3\n3,1e-31\n4,5\n5,3\n", "m.csv:3");
    refused("0,1\n1,2,7\n2,3\n3,4\n4,5\n5,6\n", "m.csv:2: 3 values");
}

TEST_CASE("measured files: points that hold no number are counted", "[fit]") {
    for (const char* none : {"NaN", "9.9E+37", "9.91e307", "", "inf", "#N/A", "overflow"}) {
        INFO(none);
        std::string text = "pulse,conductance\n";
        for (std::size_t i = 0; i < both.size(); ++i)
            text += i == 5 || i == 30 ? fmt::format("{},{}\n", i % 21, none)
                                      : plain(i % 21, both[i]) + "\n";
        const Measured m = parse_response("m.csv", text);
        REQUIRE(m.response.trains[0][0].points.size() == 20);
        REQUIRE(m.response.trains[1][0].points.size() == 20);
        REQUIRE(m.response.trains[0][0].points[5].first == 6);  // pulses are counted on
        REQUIRE_THAT(m.notes.at(0), Contains("2 points left out") && Contains("line 7"));
    }
}

TEST_CASE("measured files: columns and rows", "[fit]") {
    const auto up = rising(), down = falling();
    check({"several lines of heading",
           "Setup title,LTP LTD pulse train\nTest date,2024-09-19\nCount,1\npulse,conductance\n" +
               lines(both, plain)});
    check({"a line of units",
           "pulse\tconductance\n#\tuS\n" + replaced(lines(both, plain), ",", "\t")});
    check({"an index before", ",pulse,conductance\n" + lines(
                                                           both,
                                                           [](std::size_t i, double g) {
                                                               return fmt::format("{},{},{:.5f}", i,
                                                                                  i % 21, g);
                                                           },
                                                           Numbering::on)});
    check({"other columns", "Time,pulse,G (uS),T (K)\n" + lines(both, [](std::size_t i, double g) {
                                return fmt::format("12:00:{},{},{:.5f},300", 10 + i, i, g);
                            })});
    check({"up, down", columns("up_pulse,down_pulse\n", {up, down}, false)});
    check({"up, down without heading", columns("", {up, down}, false)});
    check({"pulse, LTP, LTD", columns("Pulse,LTP,LTD\n", {up, down})});
    check({"SET alone", columns("pulse,conductance\n", {up}), 21, 0});
    check({"repeated columns", columns("rmp1,rmp2,rmp3\n", {up, up, up}, false), 21, 0, 3});
    check({"devices", columns("pulse,device 1,device 2\n", {both, both}), 21, 21, 1, 2});
    check({"numbered on", columns("n,G1,G2,G3\n", {both, both, both}), 21, 21, 1, 3});
    check(
        {"rows as trains", "(W1) tprog: 0.0002\n" + row_of("Gprog", down) + row_of("Gerase", up)});
    check({"rows without names", row_of("", up) + row_of("", down)});
    check({"rows with their numbers", row_of("0", up) + row_of("1", down)});
    check({"rows with their numbers from 1", row_of("1", up) + row_of("2", down)});
    check({"rows below their numbers", row_of("pulse",
                                              [] {
                                                  std::vector<double> n;
                                                  for (int i = 0; i <= 20; ++i)
                                                      n.push_back(i);
                                                  return n;
                                              }()) +
                                           row_of("LTP", up) + row_of("LTD", down)});
    std::string four = "x\tLTP\tx\tLTD\n", bare;
    for (std::size_t i = 0; i < up.size(); ++i) {
        const std::string left = fmt::format("{}\t{:.5f}", i, up[i]);
        const std::string right = i < 16 ? fmt::format("{}\t{:.5f}", i, falling(15)[i]) : "\t";
        four += left + "\t" + right + "\n";
        bare += left + (i < 16 ? "\t" + right : "") + "\n";
    }
    check({"x, LTP, x, LTD", four, 21, 16});
    check({"the same without heading", bare, 21, 16});
    std::string blocks;
    for (const auto& [name, values] : {std::pair{"RESET", down}, {"SET", up}})
        blocks += std::string(name) + "\npulse,G\n" + lines(values, plain) + "\n";
    check({"blocks below each other", blocks});
    std::string keyed = "device,cycle,pulse,G\n";
    for (const char* device : {"A1", "B2"})
        for (const int cycle : {1, 2})
            keyed += lines(both, [&](std::size_t i, double g) {
                return fmt::format("{},{},{},{:.5f}", device, cycle, i, g);
            });
    check({"device and cycle columns", keyed, 21, 21, 2, 2});
    check({"cycle columns without restart",
           "cycle,pulse,G\n" + lines(
                                   behind(both, both),
                                   [](std::size_t i, double g) {
                                       return fmt::format("{},{},{:.5f}", i / 42 + 1, i % 42, g);
                                   },
                                   Numbering::on),
           21, 21, 2});
}

TEST_CASE("measured files: units", "[fit]") {
    const auto low = [](const std::string& text, const MeasuredAs& as = {}) {
        const Measured m = parse_response("m.csv", text, as);
        REQUIRE(m.siemens);
        return m.response.trains[0][0].points[0].second;
    };
    const std::string text = lines(both, plain);
    for (const auto& [head, scale] : {std::pair{"G (uS)", 1e-6},
                                      {"G [nS]", 1e-9},
                                      {"conductance_S", 1.0},
                                      {"G/mS", 1e-3},
                                      {"Leitwert (\xC2\xB5S)", 1e-6},
                                      {"Conductance uS", 1e-6}})
        REQUIRE(low(fmt::format("pulse,{}\n{}", head, text)) == Approx(2 * scale));
    const std::string ohms =
        lines(both, [](std::size_t i, double g) { return fmt::format("{},{:.1f}", i, 1e6 / g); });
    check({"ohm", "Pulse number,Resistance (Ohm)\n" + ohms});
    REQUIRE(low("pulse,R_kohm\n" + ohms) == Approx(2e-9).epsilon(1e-3));
    REQUIRE(low("pulse,R (k\xCE\xA9)\n" + ohms) == Approx(2e-9).epsilon(1e-3));
    REQUIRE(low(ohms, {unit_named("ohm"), {}}) == Approx(2e-6).epsilon(1e-3));
    REQUIRE(low("pulse,I (uA),Vread (V)\n" + replaced(text, "\n", ",0.1\n")) == Approx(2e-5));
    REQUIRE(low("pulse,I (nA)\n" + text, {{}, 0.5}) == Approx(4e-9));
    check({"negative currents", "pulse,I (A)\n" + lines(both, [](std::size_t i, double g) {
                                    return fmt::format("{},{:.5e}", i, -1e-7 * g);
                                })});
    refused("pulse,R (ohm)\n0,1\n1,2\n2,0\n3,3\n4,5\n", "m.csv:4: a resistance of 0");
    REQUIRE_FALSE(unit_named("bananas"));
    REQUIRE_FALSE(unit_named("device_A").has_value());
}

TEST_CASE("measured files: sides", "[fit]") {
    const auto sided = [](const std::string& set, const std::string& reset, bool turned = false) {
        const auto values = turned ? behind(falling(), rising()) : both;
        return lines(
            values,
            [&](std::size_t i, double g) {
                return fmt::format("{},{:.5f},{}", i % 21, g, (i < 21) == turned ? reset : set);
            },
            Numbering::on);
    };
    for (const auto& [set, reset] : {std::pair{"set", "RESET"},
                                     {"LTP", "LTD"},
                                     {"potentiation", "depression"},
                                     {"1", "-1"},
                                     {"1.2", "-1.5"},
                                     {"-1.2", "1.5"},
                                     {"1", "0"},
                                     {"up", "down"}}) {
        check({set, "pulse,conductance,type\n" + sided(set, reset)});
        check({set, sided(set, reset)});
        check({set, "pulse,conductance,type\n" + sided(set, reset, true)});
    }
    const Measured volts =
        parse_response("m.csv", "pulse,G (uS),V (V),pulse width (us)\n" +
                                    replaced(replaced(sided("1.2", "-1.5"), ",1.2\n", ",1.2,10\n"),
                                             ",-1.5\n", ",-1.5,10\n"));
    REQUIRE(volts.volts[0] == Approx(1.2));
    REQUIRE(volts.volts[1] == Approx(-1.5));
    REQUIRE(volts.pulse_seconds == Approx(1e-5));
    check({"RESET first", "pulse,conductance\n" + lines(behind(falling(), rising()), plain)});
    const auto round = [](std::vector<double> g) {
        std::reverse(g.begin(), g.end());
        return g;
    };
    // NeuroSim stores both from their low ends.
    check({"both rise", lines(behind(rising(), round(falling())), plain)});
    check({"both rise in columns", columns("pulse,LTP,LTD\n", {rising(), round(falling())})});
    check({"SET again and again", lines(behind(rising(), rising()), plain), 21, 0, 2});
    refused("pulse,G,side\n" + sided("reset", "set"), "SET falls");
    refused("pulse,LTD\n" + lines(falling(), plain), "all trains are RESET");
    refused("pulse,G,side\n" + sided("reset", "reset"), "RESET");
    refused(lines(falling(), plain), "no train rises");
    refused(
        lines(both, [](std::size_t i, double g) { return fmt::format("{},{:.1f}", i, 1e6 / g); }),
        "these look like ohms");
    refused("pulse,value,side\n" + lines(
                                       both,
                                       [](std::size_t i, double g) {
                                           return fmt::format("{},{:.0f},{}", i % 21, 1e6 / g,
                                                              i < 21 ? "set" : "reset");
                                       },
                                       Numbering::on),
            "these look like ohms");
}
