import { colorBackground } from '@/lib/colors';

/** A dot of a catalog's color; one without a known color is drawn struck through. */
export function Swatch({ color, className = 'h-3 w-3' }: { color: string; className?: string }) {
  const none = 'linear-gradient(to top right, #fff 46%, #b8b1a8 47% 53%, #fff 54%)';
  return (
    <span
      aria-hidden="true"
      className={`inline-block shrink-0 rounded-full ring-1 ring-inset ring-black/15 ${className}`}
      style={{ background: colorBackground(color) ?? none }}
    />
  );
}
