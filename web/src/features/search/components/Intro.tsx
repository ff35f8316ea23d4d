import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';
import { getFilterOptions } from '@/features/filters/api/getFilterOptions';

const LINKS = 9;

/** What this shop can do, and a way into its biggest departments. */
export function Intro() {
  const { data } = useQuery({ queryKey: ['filter-options'], queryFn: getFilterOptions });
  return (
    <section className="border-b border-line py-8 sm:py-12">
      <p className="max-w-3xl text-balance font-display text-[2.6rem] leading-[1.05] sm:text-6xl">
        Describe it, show a photo, or&nbsp;do&nbsp;both.
      </p>
      <nav
        aria-label="Departments"
        className="mt-6 flex min-h-6 gap-x-6 gap-y-2 overflow-x-auto whitespace-nowrap text-sm [scrollbar-width:none] sm:flex-wrap"
      >
        {data?.article_type.slice(0, LINKS).map(({ value }) => (
          <Link key={value} to={`/?article_type=${encodeURIComponent(value)}`} className="link">
            {value}
          </Link>
        ))}
      </nav>
    </section>
  );
}
