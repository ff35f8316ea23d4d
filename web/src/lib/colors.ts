/** What a shop's color names look like. CSS knows some by the same name but not the same color. */
const COLORS: Record<string, string> = {
  beige: '#e3d3b6',
  black: '#161616',
  blue: '#2456b8',
  bronze: '#a9713a',
  brown: '#6f4629',
  burgundy: '#6d1528',
  charcoal: '#3d4043',
  'coffee brown': '#4a3021',
  copper: '#b8683c',
  coral: '#f27a63',
  cream: '#f8f0d8',
  'fluorescent green': '#4cf23c',
  gold: '#d0a63f',
  green: '#2b8048',
  grey: '#8d8f91',
  'grey melange': '#a9abad',
  indigo: '#33387f',
  khaki: '#aa9a6b',
  lavender: '#bda9dc',
  'light blue': '#a6cbe8',
  'lime green': '#9bcf2f',
  magenta: '#c42383',
  maroon: '#701c2a',
  mauve: '#b48ba5',
  metallic: 'linear-gradient(135deg, #8b9097, #eceef0 45%, #9aa0a6)',
  multi: 'conic-gradient(#d83a3a, #eeb32f, #3f9a54, #2f6fc4, #8a3fa8, #d83a3a)',
  'mushroom brown': '#9c8774',
  mustard: '#d39e22',
  navy: '#1c2a50',
  'navy blue': '#1c2a50',
  nude: '#e2bda0',
  'off white': '#f7f3e8',
  olive: '#6c6c35',
  orange: '#ec7a24',
  peach: '#fcc6a1',
  pink: '#ee92b0',
  purple: '#6b3a94',
  red: '#c9242c',
  rose: '#d9677c',
  rust: '#a4461f',
  'sea green': '#3f9d85',
  silver: 'linear-gradient(135deg, #a9adb2, #f0f1f2 50%, #b4b8bc)',
  skin: '#e8bd9b',
  steel: '#71797f',
  tan: '#c79a6b',
  taupe: '#8b7d70',
  teal: '#1c7472',
  'turquoise blue': '#35b3c4',
  violet: '#7f4bb3',
  white: '#ffffff',
  yellow: '#f4d03a',
};

/**
 * A CSS background for a color name from a catalog. Unknown names fall to the last word that is
 * known ("dusty pink" is a pink); undefined when there is none.
 */
export function colorBackground(name: string): string | undefined {
  const known = name
    .trim()
    .toLowerCase()
    .replace(/\bgray\b/g, 'grey');
  return (
    COLORS[known] ??
    known
      .split(/[\s-]+/)
      .map((word) => COLORS[word])
      .filter(Boolean)
      .pop()
  );
}
