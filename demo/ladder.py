def write(path, run):
    open(path,"w").write(repr(run))
