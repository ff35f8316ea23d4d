import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';

interface PhotoState {
  photo: File | null;
  preview: string | null;
  setPhoto: (photo: File | null) => void;
}

const PhotoContext = createContext<PhotoState | null>(null);

/** Holds the photo above the routes, so that it survives a visit to a product page. */
export function PhotoProvider({ children }: { children: ReactNode }) {
  const [photo, setPhoto] = useState<File | null>(null);
  const [preview, setPreview] = useState<string | null>(null);
  useEffect(() => {
    if (!photo) return setPreview(null);
    const url = URL.createObjectURL(photo);
    setPreview(url);
    return () => URL.revokeObjectURL(url);
  }, [photo]);
  return (
    <PhotoContext.Provider value={{ photo, preview, setPhoto }}>{children}</PhotoContext.Provider>
  );
}

export function usePhoto(): PhotoState {
  const state = useContext(PhotoContext);
  if (!state) throw new Error('usePhoto needs a PhotoProvider above it');
  return state;
}

export function firstImage(files: FileList | null | undefined): File | null {
  return Array.from(files ?? []).find((file) => file.type.startsWith('image/')) ?? null;
}

/** Takes a photo dropped or pasted anywhere on the page; true while one is dragged over it. */
export function usePhotoDrop(onPhoto: (photo: File) => void): boolean {
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    const take = (files?: FileList | null) => {
      const photo = firstImage(files);
      if (photo) onPhoto(photo);
    };
    const over = (e: DragEvent) => {
      e.preventDefault();
      setDragging(true);
    };
    const leave = (e: DragEvent) => e.relatedTarget === null && setDragging(false);
    const drop = (e: DragEvent) => {
      e.preventDefault();
      setDragging(false);
      take(e.dataTransfer?.files);
    };
    const paste = (e: ClipboardEvent) => take(e.clipboardData?.files);
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    window.addEventListener('paste', paste);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
      window.removeEventListener('paste', paste);
    };
  }, [onPhoto]);
  return dragging;
}
