// Builds dist/ from src/ and from the packages named in package.json. Run by `npm run build`.
// Names in dist/ are plain; static.go adds the hash of the content to each address.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const modules = join(here, "node_modules");

// The placeholder stays: it is what git holds, so that a fresh clone compiles.
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) {
  if (name !== "placeholder.txt") rmSync(join(dist, name), { recursive: true });
}

execFileSync(
  join(modules, ".bin", "tailwindcss"),
  ["--input", join(here, "src/css/app.css"), "--output", join(dist, "app.css"), "--minify"],
  { cwd: here, stdio: ["ignore", "ignore", "inherit"] },
);

const copies = [
  ["node_modules/htmx.org/dist/htmx.min.js", "htmx.min.js"],
  ["node_modules/swagger-ui-dist/swagger-ui-bundle.js", "swagger-ui-bundle.js"],
  ["node_modules/swagger-ui-dist/swagger-ui.css", "swagger-ui.css"],
  ["node_modules/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt", "swagger-ui-bundle.js.LICENSE.txt"],
  ...readdirSync(join(here, "src/js")).map((name) => [`src/js/${name}`, name]),
  ...readdirSync(join(here, "src/img")).map((name) => [`src/img/${name}`, name]),
];
for (const [from, to] of copies) cpSync(join(here, from), join(dist, to));

console.log(`static: ${readdirSync(dist).length - 1} files in dist/`);
