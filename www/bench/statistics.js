/** Sums samples up: the median, and between what eight of ten lie. */

/**
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} p10
 * @property {number} p90
 */

/**
 * @param {number[]} samples
 * @returns {Spread}
 */
export function spread(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), p10: quantile(sorted, 0.1), p90: quantile(sorted, 0.9) };
}

/**
 * Between the two nearest samples, in proportion.
 *
 * @param {number[]} sorted
 * @param {number} share
 */
function quantile(sorted, share) {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}
