import { make } from './passkey.js';

const at = (id) => document.getElementById(id);

async function ask(wish) {
  const response = await fetch('/ask', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: location.hash.slice(1), ...wish }),
    redirect: 'error',
  });
  const said = await response.json();
  if (!response.ok) throw new Error(said.message);
  return said;
}

async function register() {
  try {
    at('notice').textContent = '';
    const { name } = await ask({ registration: await make(await ask({})) });
    at('state').textContent = `Made: ${name}. Start the gateway again.`;
    at('make').hidden = true;
  } catch (error) {
    at('notice').textContent = error.message;
  }
}

at('make').addEventListener('click', () => void register());
