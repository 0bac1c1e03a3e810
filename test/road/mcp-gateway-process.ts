import { fakeGateway } from './mcp-gateway.ts';

// A stand-in gateway in a process of its own, for tests that kill it. Prints its doors' process id and its home.

const gateway = await fakeGateway();
process.stdout.write(`${JSON.stringify({ doors: gateway.doors.pid(), home: gateway.home })}\n`);
