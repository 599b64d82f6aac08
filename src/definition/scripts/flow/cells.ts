/** Whatever some variable holds: what `${!name}` reads. */
export const ANY_VARIABLE = '$*';
/** What is written to a variable whose name is worked out: each variable may hold it. */
export const SOME_VARIABLE = '$?';
/** Whatever some file holds: what is read where the name of the file is worked out. */
export const ANY_FILE = '/*';
/** What is written to a file whose name is worked out: each file may hold it. */
export const SOME_FILE = '/?';
/** What goes through numbered files, `>(...)` and coprocesses, which are not told apart. */
export const STREAM = '|&';
/** Every value, and what the shell keeps of the last command. */
export const EVERYTHING = '$_';
