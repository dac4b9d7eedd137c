// eigen
