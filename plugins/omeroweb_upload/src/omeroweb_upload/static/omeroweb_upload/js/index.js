/** The page: files are chosen, sent, shown as Bio-Formats reads them, and imported. */
