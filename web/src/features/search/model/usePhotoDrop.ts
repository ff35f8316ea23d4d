import { useEffect, useState } from 'react';
import { firstImage } from './photo';

const hasFiles = (e: DragEvent) => e.dataTransfer?.types.includes('Files') ?? false;

/** Takes a photo dropped or pasted anywhere on the page; true while one is dragged over it. */
export function usePhotoDrop(onPhoto: (photo: File) => void): boolean {
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    const take = (files?: FileList | null) => {
      const photo = firstImage(files);
      if (photo) onPhoto(photo);
    };
    const over = (e: DragEvent) => {
      if (!hasFiles(e)) return;
      e.preventDefault();
      setDragging(true);
    };
    const leave = (e: DragEvent) => e.relatedTarget === null && setDragging(false);
    const drop = (e: DragEvent) => {
      if (!hasFiles(e)) return;
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
