import { useEffect, useRef, type ReactNode } from 'react';
import { CloseIcon } from '@/components/icons';

interface Props {
  /** How many products the filters leave, when known. */
  total?: number;
  onClose: () => void;
  children: ReactNode;
}

/** The filters on a small screen. A modal <dialog> keeps the focus inside and answers Escape. */
export function FilterDrawer({ total, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    // close() gives the focus back to what had it.
    return () => opened?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label="Filters"
      onClose={onClose}
      onClick={(e) => e.target === dialog.current && dialog.current.close()}
      className="m-0 ml-auto h-dvh max-h-none w-full max-w-md bg-paper p-0 text-ink [animation:rise_.25s_ease-out]"
    >
      <div className="flex h-full flex-col">
        <div className="flex items-center justify-between border-b border-line px-5 py-3">
          <h2 className="font-display text-3xl">Filters</h2>
          <button
            type="button"
            aria-label="Close the filters"
            onClick={() => dialog.current?.close()}
            className="-mr-2 rounded-full p-2 hover:bg-sand"
          >
            <CloseIcon />
          </button>
        </div>
        <div className="flex-1 overflow-y-auto overscroll-contain px-5 py-6">{children}</div>
        <div className="border-t border-line p-4">
          <button type="button" onClick={() => dialog.current?.close()} className="button w-full">
            {total === undefined ? 'Show' : `Show ${total.toLocaleString('en-US')}`}
            {total === 1 ? ' item' : ' items'}
          </button>
        </div>
      </div>
    </dialog>
  );
}
