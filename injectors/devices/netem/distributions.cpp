// The tables of the named distributions, computed: tc's own lie in other places on each system.
#include "injectors/devices/netem/settings.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace gameday::devices::netem {
namespace {

constexpr std::size_t table_size = 4096;
constexpr double scale = 8192;
constexpr double most = 32767 / scale;  // deviations that 16 bits hold, about 4

// The middles of `count` equal steps from 0 to 1.
std::vector<double> steps(std::size_t count) {
    std::vector<double> middles;
    for (std::size_t i = 0; i < count; ++i) {
        middles.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(count));
    }
    return middles;
}

// Where the normal distribution has reached the share; by halving, since its inverse has no
// formula.
double normal_quantile(double share) {
    double low = -8, high = 8;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (std::erfc(-middle / std::sqrt(2.0)) / 2 < share ? low : high) = middle;
    }
    return (low + high) / 2;
}

// Of the Pareto distribution from 1 with shape 3, the flattest whole one that has a deviation:
// mean 1.5, variance 0.75.
double pareto_quantile(double share) {
    return (std::pow(1 - share, -1.0 / 3) - 1.5) / std::sqrt(0.75);
}

// As a table with mean 0 and deviation 1 in spite of the ends that 16 bits cut off: shifts and
// stretches until they come out.
std::vector<std::int16_t> table_from(const std::vector<double>& quantiles) {
    double shift = 0, stretch = 1;
    std::vector<double> cut(quantiles.size());
    for (int i = 0; i < 50; ++i) {
        double sum = 0, squares = 0;
        for (std::size_t j = 0; j < cut.size(); ++j) {
            cut[j] = std::clamp((quantiles[j] + shift) * stretch, -most, most);
            sum += cut[j];
            squares += cut[j] * cut[j];
        }
        const double mean = sum / static_cast<double>(cut.size());
        shift -= mean / stretch;
        stretch /= std::sqrt(squares / static_cast<double>(cut.size()) - mean * mean);
    }
    std::vector<std::int16_t> table;
    for (const double each : cut) {
        table.push_back(static_cast<std::int16_t>(std::lround(each * scale)));
    }
    return table;
}

std::vector<double> quantiles_of(double (*quantile)(double), std::size_t count) {
    std::vector<double> result;
    for (const double share : steps(count)) result.push_back(quantile(share));
    return result;
}

// The sum of a quarter of a normal and three quarters of a Pareto variable that know nothing of
// each other, as in the table that tc has under this name.
std::vector<double> mixed() {
    std::vector<double> sums;
    for (const double normal : quantiles_of(normal_quantile, 64)) {
        for (const double pareto : quantiles_of(pareto_quantile, 64)) {
            sums.push_back(normal / 4 + pareto * 3 / 4);
        }
    }
    std::ranges::sort(sums);
    return sums;
}

}  // namespace

std::vector<std::int16_t> table_of(const kernel::Impairment& impairment) {
    switch (impairment.distribution) {
        case kernel::Distribution::uniform: return {};
        case kernel::Distribution::normal:
            return table_from(quantiles_of(normal_quantile, table_size));
        case kernel::Distribution::pareto:
            return table_from(quantiles_of(pareto_quantile, table_size));
        case kernel::Distribution::paretonormal: return table_from(mixed());
        case kernel::Distribution::custom: return impairment.table;
    }
    return {};
}

}  // namespace gameday::devices::netem
