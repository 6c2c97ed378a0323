/** One figure over time. */
export interface Series {
  readonly title: string;
  readonly unit: string;
  /** At the same times for all series. */
  readonly values: readonly number[];
}

const WIDTH = 720;
const HEIGHT = 110;
const LEFT = 190;
const GAP = 26;

/** A picture with one chart under another, from 0 to each one's highest value. @param minutes - when the values were taken */
export function chart(title: string, minutes: readonly number[], series: readonly Series[]): string {
  const end = Math.max(...minutes, 1);
  const charts = series.map(({ title: name, unit, values }, n) => {
    const top = 40 + n * (HEIGHT + GAP);
    const most = Math.max(...values, 1e-9);
    const points = values.map((value, i) => {
      const x = LEFT + (minutes[i]! / end) * WIDTH;
      return `${x.toFixed(1)},${(top + HEIGHT - (value / most) * HEIGHT).toFixed(1)}`;
    });
    return [
      `<text x="8" y="${top + 16}">${name}</text>`,
      `<text x="${LEFT - 8}" y="${top + 10}" text-anchor="end" class="small">${short(most)} ${unit}</text>`,
      `<text x="${LEFT - 8}" y="${top + HEIGHT}" text-anchor="end" class="small">0</text>`,
      `<rect x="${LEFT}" y="${top}" width="${WIDTH}" height="${HEIGHT}" class="frame"/>`,
      `<polyline points="${points.join(' ')}" class="line"/>`,
    ].join('\n');
  });
  const height = 40 + series.length * (HEIGHT + GAP) + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + 20}" height="${height}" font-family="sans-serif" font-size="13">
<style>.small{font-size:11px;fill:#555}.frame{fill:none;stroke:#bbb}.line{fill:none;stroke:#27a;stroke-width:1.5}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="22" font-weight="bold">${title}</text>
<text x="${LEFT + WIDTH}" y="${height - 6}" text-anchor="end" class="small">${short(end)} minutes</text>
${charts.join('\n')}
</svg>
`;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
