// Loaded before any package of the doors. Node's permissions do not cover signals, and a signal is much: one opens the debugger of any
// other Node program of this user, whose files are not closed to it. Nothing here sends any.
for (const name of ['kill', '_kill', '_debugProcess', '_debugEnd']) Reflect.deleteProperty(process, name);
