// A piece of a curve's line beside its name: the dashes tell curves apart where colours do not.

const svg = (tag: string, attributes: Readonly<Record<string, string>>): SVGElement => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

export function lineSample(dash: readonly number[] = []): SVGElement {
  const sample = svg('svg', { viewBox: '0 0 16 8', 'aria-hidden': 'true' });
  sample.append(svg('path', { d: 'M0 4H16', 'stroke-dasharray': dash.join(' ') }));
  return sample;
}
