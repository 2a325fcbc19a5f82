//! Numbers drawn from a seed, the same on every machine and in every version.

/// A source of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

/// From so many expected hits on, how many there are is drawn from the normal distribution.
const MANY: f64 = 40.0;

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to 1, without 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number of the standard normal distribution (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// How often of `trials` something of this chance happens.
    pub(super) fn hits(&mut self, trials: u64, chance: f64) -> u64 {
        if trials == 0 || chance <= 0.0 {
            return 0;
        }
        if chance >= 1.0 {
            return trials;
        }
        if chance > 0.5 {
            return trials - self.hits(trials, 1.0 - chance);
        }
        let expected = trials as f64 * chance;
        if expected >= MANY {
            let drawn = expected + (expected * (1.0 - chance)).sqrt() * self.normal();
            return (drawn.round().max(0.0) as u64).min(trials);
        }
        // Inversion: the chances of 0, 1, 2, … hits, summed until they pass a number drawn.
        let odds = chance / (1.0 - chance);
        let mut of_this = (trials as f64 * (-chance).ln_1p()).exp();
        let mut left = self.unit();
        let mut hits = 0;
        while left > of_this && hits < trials {
            left -= of_this;
            hits += 1;
            of_this *= odds * (trials - hits + 1) as f64 / hits as f64;
        }
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_as_many_as_their_chance_says_and_spread_as_they_should() {
        for (trials, chance) in [(10, 0.3), (1000, 0.01), (1000, 0.4), (50, 0.9), (1_000_000, 0.25)] {
            let mut random = Random::new(7);
            let drawn: Vec<f64> = (0..4000).map(|_| random.hits(trials, chance) as f64).collect();
            let mean = drawn.iter().sum::<f64>() / 4000.0;
            let spread = drawn.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 4000.0;
            let (expected, variance) = (trials as f64 * chance, trials as f64 * chance * (1.0 - chance));
            assert!((mean - expected).abs() < 4.0 * (variance / 4000.0).sqrt(), "{trials} {chance}: {mean}");
            assert!((spread / variance - 1.0).abs() < 0.15, "{trials} {chance}: {spread} of {variance}");
        }
        assert_eq!((Random::new(1).hits(5, 0.0), Random::new(1).hits(5, 1.0)), (0, 5));
    }
}
