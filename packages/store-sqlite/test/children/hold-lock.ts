// Holds a file for itself: path, 'exclusive' against all other connections or 'immediate' against writers. Lets go at a word.
import Database from 'better-sqlite3';
import { tell, word } from './parent.ts';

const [path, kind] = process.argv.slice(2) as [string, string];
const db = new Database(path);
if (kind === 'exclusive') db.pragma('locking_mode = EXCLUSIVE');
db.exec(kind === 'exclusive' ? 'BEGIN EXCLUSIVE' : 'BEGIN IMMEDIATE');
db.exec("INSERT INTO eatp_authorities VALUES ('org-lock', '{}', 1)");
tell('held');
await word();
db.exec('ROLLBACK');
db.close();
tell('free');
process.disconnect();
