#!/usr/bin/env node
// The command. It is there before anything is compiled, so that npm can link it when it installs a clone.
import '../dist/src/cli.js';
