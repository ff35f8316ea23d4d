import type { ReactNode } from 'react';

function icon(paths: ReactNode) {
  return function Icon({ className = 'h-5 w-5' }: { className?: string }) {
    return (
      <svg
        aria-hidden="true"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        className={className}
      >
        {paths}
      </svg>
    );
  };
}

export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m16 16 4.5 4.5" />
  </>,
);
export const CameraIcon = icon(
  <>
    <path d="M4 8h3.2l1.6-2.5h6.4L16.8 8H20a1 1 0 0 1 1 1v9.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Z" />
    <circle cx="12" cy="13.4" r="3.4" />
  </>,
);
export const CloseIcon = icon(<path d="m6 6 12 12M18 6 6 18" />);
export const FilterIcon = icon(<path d="M4 7h16M7 12h10M10 17h4" />);
export const ArrowLeftIcon = icon(<path d="M20 12H4m6-6-6 6 6 6" />);
export const ChevronIcon = icon(<path d="m6 9 6 6 6-6" />);
