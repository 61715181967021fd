"""Orders from files: `run.import_file` reads one and hands its orders to `orders.intake`.

    source.py   the file as lines, rows or JSON objects, whatever is wrong with it
    values.py   texts of a file as numbers, times and yes or no
    records.py  one order of a file, with the rows it was written in
    rejects.py  the file of what did not come in
    retour_csv.py, retour_json.py, shopify.py, online_retail.py   one format each
    formats.py  which formats there are
    run.py      all together, with progress and report

Nothing here holds a rule about orders: those are in `orders.intake`.
"""
