// The part of the package `sqlite3` that `mcp-server-sqlite-npx` uses, on Node's own SQLite.
const { DatabaseSync } = require('node:sqlite');

class Database {
  #database;

  constructor(filename) {
    this.#database = new DatabaseSync(filename);
  }

  all(sql, params, callback) {
    let rows;
    try {
      rows = this.#database.prepare(sql).all(...params);
    } catch (error) {
      return callback(error);
    }
    return callback(null, rows);
  }
}

module.exports = { Database };
