// Calls Eigen's Levenberg-Marquardt with differences for derivatives.
#include "base/least_squares.hpp"

#include <cmath>
#include <eigen3/unsupported/Eigen/NonLinearOptimization>

namespace crossbar {
namespace {

struct Functor {
    const LeastSquares& problem;

    std::vector<double> at(const Eigen::VectorXd& p) const {
        return problem.residuals({p.data(), p.data() + p.size()});
    }
    int values() const { return static_cast<int>(problem.owner.size()); }
    int operator()(const Eigen::VectorXd& p, Eigen::VectorXd& out) const {
        const std::vector<double> r = at(p);
        for (Eigen::Index i = 0; i < out.size(); ++i)
            out[i] = std::isfinite(r[static_cast<std::size_t>(i)]) ? r[static_cast<std::size_t>(i)]
                                                                   : 1e3;
        return 0;
    }
    // Forward differences.
    int df(const Eigen::VectorXd& p, Eigen::MatrixXd& slopes) const {
        const auto shared = static_cast<Eigen::Index>(problem.shared);
        const double by = 1e-6;
        Eigen::VectorXd here(values()), there(values());
        (*this)(p, here);
        slopes.setZero();
        for (Eigen::Index k = 0; k < shared; ++k) {
            Eigen::VectorXd moved = p;
            moved[k] += by;
            (*this)(moved, there);
            slopes.col(k) = (there - here) / by;
        }
        if (p.size() == shared) return 0;
        Eigen::VectorXd moved = p;
        moved.tail(p.size() - shared).array() += by;
        (*this)(moved, there);
        for (Eigen::Index i = 0; i < here.size(); ++i) {
            const auto own = static_cast<Eigen::Index>(problem.owner[static_cast<std::size_t>(i)]);
            slopes(i, shared + own) = (there[i] - here[i]) / by;
        }
        return 0;
    }
};

}  // namespace

std::vector<double> minimise(const LeastSquares& problem, const std::vector<double>& start) {
    Eigen::VectorXd p =
        Eigen::Map<const Eigen::VectorXd>(start.data(), static_cast<Eigen::Index>(start.size()));
    if (problem.owner.size() < start.size()) return start;
    const Functor functor{problem};
    Eigen::LevenbergMarquardt<const Functor> search(functor);
    search.parameters.maxfev = 200;
    search.parameters.ftol = search.parameters.xtol = 1e-7;
    search.minimize(p);
    return {p.data(), p.data() + p.size()};
}

}  // namespace crossbar
