import { Swatch } from '@/components/Swatch';
import type { OptionsProps } from '../model/options';

/** Swatches; a color's name shows on hover, on focus, and as a chip above the results. */
export function ColorGrid({ options, chosen, onToggle }: OptionsProps) {
  return (
    <div className="grid grid-cols-[repeat(auto-fill,2rem)] justify-between gap-y-1">
      {options.map(({ value, count }) => (
        <label
          key={value}
          className="group/color relative grid h-8 w-8 cursor-pointer place-items-center rounded-full has-[:checked]:ring-[1.5px] has-[:checked]:ring-ink has-[:focus-visible]:outline has-[:focus-visible]:outline-2"
        >
          <input
            type="checkbox"
            aria-label={value}
            className="sr-only"
            checked={chosen.includes(value)}
            onChange={() => onToggle(value)}
          />
          <Swatch
            color={value}
            className="h-[22px] w-[22px] transition group-hover/color:scale-110"
          />
          <span
            aria-hidden="true"
            className="pointer-events-none absolute bottom-full left-1/2 z-10 mb-1 hidden -translate-x-1/2 whitespace-nowrap rounded bg-ink px-2 py-1 text-xs text-white group-hover/color:block group-has-[:focus-visible]/color:block"
          >
            {value} <span className="text-stone-400">{count}</span>
          </span>
        </label>
      ))}
    </div>
  );
}
