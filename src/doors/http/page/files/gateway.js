// What the page asks goes to one path, and is answered by the gateway. A session has two halves: a cookie that no script reads, and a key that is kept here,
// where pages of other ports of this host do not see it.

const KEY = 'twokey-key';

export class Refused extends Error {
  constructor({ code, message }, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export async function ask(wish) {
  const key = localStorage.getItem(KEY);
  const response = await fetch('/ask', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === null ? {} : { 'x-twokey-key': key }) },
    body: JSON.stringify(wish),
    credentials: 'same-origin',
    redirect: 'error',
    cache: 'no-store',
  });
  const said = await response.json();
  if (!response.ok)
    throw new Refused(said.error === undefined ? said : { code: said.error.data.code, message: said.error.message }, response.status);
  if (wish.ask === 'enter') localStorage.setItem(KEY, said.key);
  if (wish.ask === 'leave') localStorage.removeItem(KEY);
  return said;
}
