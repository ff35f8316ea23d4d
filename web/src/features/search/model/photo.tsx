import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react';

export interface Photo {
  /** Different for every photo taken, also for the same file taken twice. */
  id: number;
  file: File;
  /** A blob: address to show it by. */
  url: string;
}

interface PhotoState {
  photo: Photo | null;
  setPhoto: (file: File | null) => void;
}

const PhotoContext = createContext<PhotoState | null>(null);

let lastId = 0;

/** Holds the photo above the routes, so that it survives a visit to a product page. */
export function PhotoProvider({ children }: { children: ReactNode }) {
  const [photo, setState] = useState<Photo | null>(null);
  const setPhoto = useCallback((file: File | null) => {
    setState(file && { id: ++lastId, file, url: URL.createObjectURL(file) });
  }, []);
  useEffect(() => {
    if (photo) return () => URL.revokeObjectURL(photo.url);
  }, [photo]);
  return <PhotoContext.Provider value={{ photo, setPhoto }}>{children}</PhotoContext.Provider>;
}

export function usePhoto(): PhotoState {
  const state = useContext(PhotoContext);
  if (!state) throw new Error('usePhoto needs a PhotoProvider above it');
  return state;
}

export function firstImage(files: FileList | null | undefined): File | null {
  return Array.from(files ?? []).find((file) => file.type.startsWith('image/')) ?? null;
}
