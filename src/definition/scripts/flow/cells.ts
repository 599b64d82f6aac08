/** Whatever some variable holds: what `${!name}` reads. */
export const ANY_VARIABLE = '$*';
/** The values written to a variable whose name is computed: each variable may hold them. */
export const SOME_VARIABLE = '$?';
/** Whatever some file holds: what is read where the name of the file is evaluated. */
export const ANY_FILE = '/*';
/** The values written to a file whose name is computed: each file may hold them. */
export const SOME_FILE = '/?';
/** The values that pass through numbered files, `>(...)` and coprocesses, all in one cell. */
export const STREAM = '|&';
/** Every value, and what the shell keeps of the last command. */
export const EVERYTHING = '$_';
/** Begins the cell of what a `$( )` prints. */
export const SUBSTITUTED = '>$';
