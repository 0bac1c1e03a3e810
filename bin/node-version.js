// Imported first by everything that starts here. An older Node would fail in the middle of a TypeScript file, with a
// message that helps nobody; this one says what to do. It is plain JavaScript that old versions can read.

const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 26 || (major === 26 && minor < 10)) {
  console.error(`twokey needs Node 26.10 or newer, and this is ${process.versions.node}`);
  console.error('→ in a checkout: run `npm ci` (it brings its own Node), then start with ./twokey or npm run');
  console.error('→ elsewhere: install Node 26.10 or newer and start again');
  process.exit(1);
}
