/** A failed request; `message` is what a shopper may read (the problem's detail when there is one). */
export class ApiError extends Error {
  constructor(
    readonly title: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

async function toError(response: Response): Promise<ApiError> {
  const type = response.headers.get('content-type') ?? '';
  const problem: unknown = type.includes('json') ? await response.json().catch(() => null) : null;
  const { title, detail } = (problem ?? {}) as { title?: string; detail?: string };
  return new ApiError(
    title ?? 'Something went wrong',
    detail ?? `The shop answered with status ${response.status}.`,
    response.status,
  );
}

export async function request<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw navigator.onLine
      ? new ApiError(
          'The shop cannot be reached',
          'Is the server running? Try again in a moment.',
          0,
        )
      : new ApiError('You are offline', 'Check your connection and try again.', 0);
  }
  if (!response.ok) throw await toError(response);
  return (await response.json()) as T;
}

export function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return request<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
}
