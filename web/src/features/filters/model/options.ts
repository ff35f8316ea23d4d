import type { Option } from '../api/getFilterOptions';

/** What every way of drawing a facet takes. */
export interface OptionsProps {
  options: Option[];
  chosen: string[];
  onToggle: (value: string) => void;
}
