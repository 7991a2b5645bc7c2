// The failing side of ENSURE, out of line.
#include "base/check.hpp"

namespace crossbar::detail {

void check_failed(const char* file, int line, const char* condition, const std::string& operands) {
    throw LogicError(fmt::format("{}:{}: check failed: {}{}", file, line, condition, operands));
}

}  // namespace crossbar::detail
