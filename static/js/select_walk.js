/* Which cell an arrow leads to, in rows of cells of any width. */

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/* The nearest cell of the next row up or down. */
const inNextRow = (all, cell, way) => {
  const from = cell.getBoundingClientRect();
  const middle = from.left + from.width / 2;
  const places = all.map((each) => ({ each, at: each.getBoundingClientRect() }));
  const beyond = places.filter(({ at }) => (at.top - from.top) * way > 8);
  const far = ({ at }) =>
    Math.abs(at.top - from.top) * 10 + Math.abs(at.left + at.width / 2 - middle);
  return beyond.sort((one, other) => far(one) - far(other))[0]?.each;
};

export const nextTo = (all, cell, name) => {
  if (name in STEPS) return all[all.indexOf(cell) + STEPS[name]];
  return inNextRow(all, cell, name === "ArrowDown" ? 1 : -1);
};
