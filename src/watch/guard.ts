/**
 * Which requests the page's server answers: those that address the machine by one of its own names. A page of another origin whose name was
 * made to resolve to this machine (DNS rebinding) sends its own name in Host, a script of another origin its own in Origin.
 */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const isOwn = (authority: string, port: number): boolean => {
  const found = /^(.+?)(?::(\d+))?$/.exec(authority.toLowerCase());
  // Without a port, HTTP's default applies.
  return found?.[1] !== undefined && LOOPBACK.has(found[1]) && Number(found[2] ?? 80) === port;
};

export interface RequestHead {
  readonly method: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/** Why a request is refused: an HTTP status and a sentence. */
export const refusal = (
  { method, host, origin }: RequestHead,
  port: number,
): { readonly status: number; readonly sentence: string } | undefined => {
  if (host === undefined || !isOwn(host, port)) return { status: 403, sentence: 'this server answers only to localhost' };
  if (origin !== undefined && !(origin.startsWith('http://') && isOwn(origin.slice('http://'.length), port)))
    return { status: 403, sentence: 'pages of other origins are not answered' };
  return method === 'GET' || method === 'HEAD' ? undefined : { status: 405, sentence: 'there is nothing to do but to look (GET)' };
};
