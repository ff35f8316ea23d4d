import type { OptionsProps } from '../model/options';

/** For a facet of a few short values. */
export function OptionPills({ options, chosen, onToggle }: OptionsProps) {
  return (
    <div className="flex flex-wrap gap-1.5">
      {options.map(({ value, count }) => (
        <label
          key={value}
          title={`${value}, ${count}`}
          className="cursor-pointer rounded-full border border-line bg-white px-3 py-1.5 text-[13px] leading-none transition focus-within:outline focus-within:outline-2 hover:border-ink has-[:checked]:border-ink has-[:checked]:bg-ink has-[:checked]:text-white"
        >
          <input
            type="checkbox"
            className="sr-only"
            checked={chosen.includes(value)}
            onChange={() => onToggle(value)}
          />
          {value}
        </label>
      ))}
    </div>
  );
}
